"""The pages that citizens see. GET changes nothing; everything works without a script, the call itself excepted."""
