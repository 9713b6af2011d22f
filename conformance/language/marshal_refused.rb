# What Marshal refuses to write and to read, patterns of Ruby 1.8, and instances of copied classes.
def show
  p yield
rescue StandardError, SystemStackError => error
  puts "#{error.class}: #{error.message.gsub(/0x\h+/, "0x")}"
end

class Holder
  attr_accessor :part, :extra
end

class Part
  attr_accessor :holder

  def marshal_dump
    holder.extra ? holder.remove_instance_variable(:@extra) : holder.extra = 1
    1
  end
end

[nil, 2].each do |extra|
  holder = Holder.new
  holder.part = Part.new.tap { |part| part.holder = holder }
  holder.extra = extra if extra
  show { Marshal.dump(holder) }
end

class Copies
  def marshal_dump = dup
end
show { Marshal.dump(Copies.new) }

class Texts
  def _dump(_limit) = "x".dup.tap { |text| text.instance_variable_set(:@object, self) }
end
show { Marshal.dump(Texts.new) }
time = Time.utc(0)
time.instance_variable_set(:@time, time)
show { Marshal.dump(time) }

class Plain; end
module Mixed; end
show { Marshal.load("\x04\bIc\x0aPlain\x06:\x0a@ivar\"\bbug") }
show { Marshal.load("\x04\bIm\x0aMixed\x06:\x0a@ivar\"\bbug") }
show { Marshal.load("\x04\bI/\x05\x00\x06:\x06E{\x06@\x05T") }
show { Marshal.load("\x04\bC:\vObject\"\0") }

["\b/\fa\\u3042\0", "\b/\b\\\\u\0", "\bI/\a\\u\0\x06:\x0e@encoding\"\vEUC-JP", "\b/\v\\p\\q\\d\0"].each { |dump| show { Marshal.load("\x04#{dump}") } }
[/a\u3042/, /\p{Alpha}\R/, /\R/n].each { |pattern| show { Marshal.load(Marshal.dump(pattern)) } }
Text, List, Table, Pattern = String.clone, Array.clone, Hash.clone, Regexp.clone
[Text.new("abc"), List.new(2), Table.new, Pattern.new("a")].each { |value| show { Marshal.load(Marshal.dump(value)).class } }
