"""The storm: the real worker, killed at the worst moments, on a wire with every trouble, and books that must agree.

Its parts: `sets.py` (what is to be paid), `nursery.py` (where processes are born), `worker.py` (the real sweeps, with
short clocks), `naive.py` (a worker that the storm must catch), `weather.py` (kills and trouble), `books.py` (what must
agree at the end).
"""
