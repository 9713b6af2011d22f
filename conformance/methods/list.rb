# Prints the methods of the core classes: name, arity and parameters, one a line, in a form that two Rubies can be compared by.
# `cruby-4.0.5.txt` is what it prints on CRuby 4.0.5 for x86-64 Linux with `--disable=gems`.
#
# `name` is required, `name=` optional, `*name` the rest, `name:` a keyword, `name!:` a required one, `**name` the rest of the
# keywords and `&name` the block; `_` stands for a parameter without a name.

# What is loaded when it is named.
[Ractor, Set, Random::Formatter, Pathname]

# Errors of the system, and what is Ruby code of the library.
skipped = /\A(Errno::|ErrorHighlight|DidYouMean|SyntaxSuggest|Gem\b|RubyVM|UnicodeNormalize|Ruby::Box|RbConfig|Maglev|JS\b|Monitor)/

show = lambda do |parameters|
  parameters.map do |kind, name|
    name ||= "_"
    case kind
    when :req then name.to_s
    when :opt then "#{name}="
    when :rest then name == :* ? "*" : "*#{name unless name == "_"}"
    when :keyreq then "#{name}!:"
    when :key then "#{name}:"
    when :keyrest then "**#{name unless name == :** || name == "_"}"
    when :nokey then "**nil"
    when :block then "&#{name unless name == :& || name == "_"}"
    when :noblock then "&nil"
    end
  end.join(" ")
end

modules = ObjectSpace.each_object(Module).select do |mod|
  name = Module.instance_method(:name).bind_call(mod)
  name && name !~ skipped && name.split("::").all?(/\A[A-Z]\w*\z/) && Object.const_get(name).equal?(mod)
end

lines = modules.flat_map do |mod|
  name = Module.instance_method(:name).bind_call(mod)
  singleton = mod.singleton_class
  [[mod, "#{name}#"], [singleton, "#{name}."]].flat_map do |holder, place|
    visible = holder.instance_methods(false).map { |method| [method, ""] }
    hidden = holder.private_instance_methods(false).map { |method| [method, " private"] }
    (visible + hidden).map do |method, visibility|
      body = holder.instance_method(method)
      "#{place}#{method}#{visibility} #{body.arity} #{show.call(body.parameters)}".rstrip
    end
  end
end
puts lines.uniq.sort
