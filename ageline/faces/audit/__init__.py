"""What is wrong with a set of photos, before anything is learned from it.

quality         blank, blurred, barred, too small: measured on each photo as it is decoded
fingerprint     what a photo looks like, in a few numbers that a small crop hardly changes
neighbours      which photos look alike enough to compare, without comparing all with all
alignment       whether two of them are one photo: laid over each other, detail by detail
near_duplicates the three in a row
groups          which photos belong together, and whose labels disagree
findings        all of it as one table, audit.csv
sheets          the findings as pictures
"""
