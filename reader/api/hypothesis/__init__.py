"""The Hypothesis HTTP API, version 1: what clients written for Hypothesis speak."""
