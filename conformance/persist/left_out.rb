# What cannot be saved of a class yet makes its commit fail, with the reason; nothing gets lost in silence.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

[
  "class A; define_method(:m, &:succ.to_proc.curry); end",
  "class C; class << self; LIMIT = 1; def m = LIMIT; end; end",
  "class E; OUT = $stdin.dup; end",
  "module Other; end; class F; singleton_class.prepend(Other); end",
].each do |source|
  elsewhere <<~RUBY
    Maglev.persistent { eval #{source.dump} }
    begin
      Maglev.commit
    rescue TransactionError
      puts $!.message[/'.*'/].gsub(/0x\\h+/, "0x..")
    end
  RUBY
end
elsewhere <<~'RUBY'
  Maglev.persistent do
    eval "class Kept; ruby2_keywords def hand(*args) = target(*args); def target(*args, **options) = [args, options]; end; module Cold; X = [1]; freeze; end"
  end
  p Maglev.commit
RUBY
elsewhere 'p Kept.new.hand(1, a: 2), Cold::X, Cold.frozen?, Object.const_defined?(:A)'
