"""What Postil must withstand; docs/security.md says which file shows what."""
