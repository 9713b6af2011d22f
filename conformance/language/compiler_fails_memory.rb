# with --jit=fail:4
require_relative "support/hot"
