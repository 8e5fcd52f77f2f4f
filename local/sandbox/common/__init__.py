"""What every vendor sandbox shares: faults, journal, clock, state file, server and their control routes."""
