"""What people of customers do themselves: sign up and in, keep their team and their keys, see their usage."""
