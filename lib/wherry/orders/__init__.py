"""What the owner orders with wherry queue: flush, replay, resend."""
