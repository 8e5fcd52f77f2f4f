"""Giftbridge keeps fundraising platforms and donor CRMs in agreement."""
