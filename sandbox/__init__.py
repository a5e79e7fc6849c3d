"""The outside world on a laptop: a stand-in Stripe and a stand-in carrier behind one address. Standard library only.

Rooms speak to it over HTTP with their real clients; none imports it, and it imports none of them.
"""
