"""What a new connector starts from: files with gaps that the contract suite names one by one."""
