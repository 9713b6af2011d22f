# Warnings about blocks passed to methods without use for them.
def Warning.warn(text, **) = puts(text[/the block .* defined/])
$VERBOSE = true
class Plain
  def ignores = 1
  def yields = yield
  def asks = block_given?
  def takes(&) = 1
  def self.on_class = 2
  def passes_on = super
end
plain = Plain.new
plain.ignores { }
plain.yields { }
plain.asks { }
plain.takes { }
Plain.on_class { }
class Other
  def yields = 3
end
Other.new.yields { }
Warning[:strict_unused_block] = true
Class.new { def self.name = "Named"; def yields = 4 }.new.yields { }
