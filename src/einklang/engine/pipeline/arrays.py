"""What the pipeline engine computes with: numbers, whole numbers (days, deals, stages) and flags."""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
