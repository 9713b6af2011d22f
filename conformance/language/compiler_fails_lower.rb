# with --jit=fail:2
require_relative "support/hot"
