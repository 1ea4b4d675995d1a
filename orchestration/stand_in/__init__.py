"""The stand-in: labels and reviews that are made up for the demo, so that its figures show what they are for.

Nobody read anything to make them: they follow from what was planted, with errors drawn for each labeller. No
other data home ever gets one. Not here: planting (the demo), or landing labels (labellers).
"""
