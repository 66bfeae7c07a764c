"""The pages that people look at: Message Reports, opt-outs, administration."""
