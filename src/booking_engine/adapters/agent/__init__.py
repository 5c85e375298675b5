"""What a voice agent needs in a call: to understand which day the caller means, and sentences to say."""
