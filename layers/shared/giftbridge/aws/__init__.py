"""The few AWS services behind small classes: queue, vault, bus, clock."""
