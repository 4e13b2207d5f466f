"""FLOOR 4: writes. Each checks the policy, saves, logs and publishes, in one transaction."""
