"""A made-up shop with made-up people, so that every page has something to show on a fresh laptop.

Nothing here is written past the house: orders go through the CSV reader, returns through their actions, parcels and
money through the sandbox over HTTP.
"""
