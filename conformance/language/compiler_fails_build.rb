# with --jit=fail:1
require_relative "support/hot"
