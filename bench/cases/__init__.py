"""What scripts/bench measures, one module for each case.

Each module has
  steps(options)    functions (options, folder) -> {row: Figures or NotMeasured}, run in turn in every round
  RATIOS            [(row of ours, row of theirs)], for the table
  targets(results)  [Target]; results: {row: [Figures, ...]} of all cases
"""
