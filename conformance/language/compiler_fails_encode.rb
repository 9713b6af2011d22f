# with --jit=fail:3
require_relative "support/hot"
