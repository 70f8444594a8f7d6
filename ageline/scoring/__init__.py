"""How far predictions are from labels: checked, measured, tabulated and drawn, for ages and for genders.

Nothing is imported here, so that what needs only `ageline.scoring.bins`, such as the gate, starts at once.
"""
