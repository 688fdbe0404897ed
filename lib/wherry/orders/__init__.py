"""The owner's orders, placed with `wherry queue`: flush, replay, resend."""
