# IO::Buffer: kinds of memory, values and texts, parts and their end, locks, masks, files, streams, text forms.
Warning[:experimental] = false
B = IO::Buffer
def t
  result = yield
  puts result.inspect.gsub(/0x0000[0-9a-f]{12}/) { |text| text == "0x0000000000000000" ? text : "ADDRESS" }
rescue Exception => e
  puts "#{e.class}: #{e.message}"
end
b=B.new(8)
%i[U8 S8 u16 U16 s16 S16 u32 U32 s32 S32 u64 U64 s64 S64 f32 F32 f64 F64].each{|k| b.set_value(k,0, k.to_s=~/f/i ? 1.5 : (k.to_s =~/s/i ? -2 : 2)); p [k,b.get_value(k,0), b.get_string, B.size_of(k)]; b.clear}
t{b.get_value(:U8,8)};t{b.get_value(:U16,7)};t{b.get_value(:U8,-1)};t{b.get_value(:X,0)};t{b.get_value("U8",0)};t{b.get_value(:U8,1.5)};t{b.get_value(:U8,nil)};t{b.set_value(:U8,8,1)};t{b.set_value(:U8,0,256)};t{b.get_value(:U8,0)};t{b.set_value(:U8,0,-1)};t{b.set_value(:S8,0,200)};t{b.set_value(:U8,0,"a")};t{b.set_value(:u64,0,2**64)};t{b.set_value(:u64,0,2**63)};t{b.get_value(:u64,0)};t{b.set_value(:u64,0,-1)};t{b.get_value(:u64,0)};t{b.set_value(:s64,0,2**63)};t{b.set_value(:f32,0,1)};t{b.set_value(:f32,0,"1")};t{b.set_value(:u32,0,2**32)};t{b.set_value(:s32,0,2**31)};t{b.set_value(:u16,0,2**16+1)};t{b.get_value(:u16,0)};t{b.set_value(:U8,0,1.9)};t{b.get_value(:U8,0)};t{b.set_value(:U8,-1,1)}
t{b.get_values([:U8,:u16],0)};t{b.get_values(:U8,0)};t{b.get_values([:U8]*9,0)};t{b.get_values([:U8],8)};t{b.set_values([:U8,:U8],0,[1,2])};t{b.set_values([:U8,:U8],0,[1])};t{b.set_values([:U8,:U8],0,1)};t{b.set_values(:U8,0,[1])};t{B.size_of([:U8,:u32])};t{B.size_of(:x)};t{B.size_of("U8")};t{B.size_of(1)}
t{b.get_string};t{b.get_string(2)};t{b.get_string(2,3)};t{b.get_string(9)};t{b.get_string(8)};t{b.get_string(2,7)};t{b.get_string(-1)};t{b.get_string(0,-1)};t{b.get_string(0,2,"utf-8").encoding};t{b.get_string(0,2).encoding};t{b.get_string(0,2,nil)};t{b.get_string(0,nil)};t{b.get_string(nil)};t{b.get_string(0,2,"foo")}
t{b.set_string("abc")};t{b.set_string("abc",6)};t{b.set_string("abc",1,2)};t{b.set_string("abcdef",0,3,2)};t{b.get_string};t{b.set_string("abc",9)};t{b.set_string("abc",8)};t{b.set_string("abc",0,9)};t{b.set_string("abc",-1)};t{b.set_string("abc",0,-1)};t{b.set_string("abc",0,1,4)};t{b.set_string("abc",0,1,3)};t{b.set_string("abc",0,2,-1)};t{b.set_string(1)};t{b.set_string("abc",0,0)};t{b.set_string("abc",nil)};t{b.set_string("abc",0,nil,1)}
c=B.new(4); t{c.copy(b)};t{c.copy(b,0,4)};t{c.get_string};t{c.copy(b,1,2,3)};t{c.copy(b,0,nil,5)};t{c.copy("abc")};t{c.copy(b,5)};t{c.copy(b,0,5)};t{c.copy(b,0,1,9)}; t{c.copy(b,4,0)}; t{c.copy(c,1,2)}
b=B.new(8); b.set_string("abcdefgh")
t{b.each(:U8).to_a};t{b.each(:U16,2).to_a};t{b.each(:U16,1,2).to_a};t{b.each(:U8,9).to_a};t{b.each(:U8,0,9).to_a};t{b.each(:U8,-1).to_a};t{b.each(:U32,5).to_a};t{b.each(:U8,0,-1).to_a};t{b.each(:x).to_a};t{b.each_byte.to_a};t{b.each_byte(6).to_a};t{b.each_byte(2,3).to_a};t{b.values(:U8)};t{b.values(:U16,2)};t{b.values(:U8,1,2)};t{b.values(:U8,8)};t{b.values(:U8,9)};t{b.values(:U8,0,9)};t{b.each(:U8){}.equal?(b)};t{b.each_byte{}.equal?(b)};t{b.each(:U8).size};t{b.each_byte.size}
t{z b.slice(2).inspect};t{z b.slice(2,3).inspect};t{b.slice(9)};t{b.slice(8).size};t{b.slice(2,7)};t{b.slice(-1)};t{b.slice(0,-1)}; t{b.slice.size};t{b.slice(nil)}; t{z b.slice(8).inspect}
s=b.slice(2,3); s.set_string("XYZ"); t{b.get_string}; t{s.slice(1,2).get_string}; t{s.slice(0,4)}; ss=s.slice(1,1)
t{s.resize(2)}; t{s.free}; t{s.valid?}; t{ss.valid?}; t{s.null?}; t{b.valid?}; t{ss.get_string}
t{b.locked?};t{b.locked{b.locked?}};t{b.locked{b.free}};t{b.locked{b.resize(3)}};t{b.locked{b.locked{}}};t{b.locked{b.transfer}};t{b.locked{b.set_value(:U8,0,1)}};t{b.locked{raise "x"}};t{b.locked?};t{b.locked{z b.to_s}};t{b.locked}
t{b.resize(4).equal?(b)};t{b.get_string};t{b.resize(10).size};t{b.get_string};t{b.resize(-1)};t{b.resize(0).null?};t{b.resize(5000);z b.to_s};t{b.resize(3);z b.to_s};t{b.resize(nil)};t{b.resize(1.0)}
c=B.new(3, B::MAPPED); t{c.resize(5000).size}; t{z c.to_s}; t{c.resize(2); z c.to_s}
r=B.for("abc"); t{r.readonly?};t{r.set_value(:U8,0,1)};t{r.set_string("x")};t{r.clear};t{r.resize(2)};t{r.copy(b)};t{r.slice(1).readonly?};t{r.external?};t{z r.slice(1).to_s};t{r.free.null?};t{r.and!(b)};t{r.not!}
m=B.new(4); t{m.clear(1).get_string};t{m.clear(2,1).get_string};t{m.clear(3,1,2).get_string};t{m.clear(256)};t{m.get_string};t{m.clear(-1).get_string};t{m.clear(0,5)};t{m.clear(0,4)};t{m.clear(0,-1)};t{m.clear("a")};t{m.clear(1,0,5)}; t{m.clear(1.5)}
t{(B.for("1234567890")&B.for("\xFF\x00\x00\xFF")).get_string};t{(B.for("12")|B.for("\xf0")).get_string};t{(B.for("12")^B.for("\xf0")).get_string};t{(~B.for("12")).get_string};t{B.for("a")&B.new(0)};t{B.new(0)&B.for("a")};t{B.for("a")&"a"};t{q=B.new(2);q.not!.get_string};t{q=B.new(3).not!;q.and!(B.for("\x01\x02")).get_string};t{q=B.new(3).not!;q.and!(q)};t{q=B.new(3).not!;q.and!(q.slice(1))};t{q=B.new(3).not!;q.xor!(B.for("a")).get_string};t{q=B.new(3);q.or!(B.for("ab")).get_string};t{B.new(2).or!(B.new(0))};t{z (~B.for("ab")).to_s};t{B.new(0).not!};t{~B.new(0)}
t{B.for("abc")<=>B.for("abd")};t{B.for("abc")<=>B.for("ab")};t{B.for("b")<=>B.for("aa")};t{B.for("abc")==B.for("abc")};t{B.for("a")<=>"a"};t{B.for("a")=="a"};t{B.new(0)<=>B.new(0)};t{B.for("abc").hash==B.for("abc").hash};t{B.for("abc").eql?(B.for("abc"))}
t{B.string(4){|b|b.set_string("hi");p z(b.to_s)}};t{B.string(4)};t{B.string(-1){}};t{B.string(0){|b| p z(b.to_s)}};t{B.string(2){|b| $q=b}.encoding};t{z $q.to_s};t{B.string(1.5){}};t{B.string(2){|b|b.free}};t{B.string(2){|b|b.resize(3)}};t{B.string(3){raise "x"}}; t{B.string(nil){}}
d=B.for("abc").dup; t{d.get_string};t{d.readonly?};t{z d.to_s};t{B.new(3).clone.size};t{B.new(3).freeze.frozen?};t{B.new(3).freeze.set_value(:U8,0,1)}; t{B.new(0).dup.null?}; t{B.allocate}; t{z B.allocate.to_s}
t{z B.map(f).to_s};t{z B.map(f,5).to_s};t{z B.map(f,nil,0,B::READONLY).to_s};t{z B.map(f,nil,0,B::PRIVATE).to_s};t{B.map(f,101)};t{B.map(f,0)};t{B.map(f,-1)};t{B.map(f,5,5)};t{B.map(f,5,4096)};t{B.map("x")};t{B.map(f,5,-1)};t{B.map(f,10,0,-1)};t{B.map(f,1.0)};t{B.map(f,nil,200)}
b=B.new(4); s=b.slice(0,2); b.free; t{s.get_value(:U8,0)}; t{s.set_value(:U8,0,1)}; t{s.get_string}; t{s.size}; t{s.each(:U8){}}; t{s.slice(0,1)}; t{s<=>s}; t{s.clear}; t{s.null?}; t{s.empty?};t{s.hexdump}; t{s.copy(B.for("a"))}; t{B.new(3).copy(s)};t{s.free};t{s.resize(4)};t{s.valid?}
b=B.new(4); s=b.slice(0,2); b.resize(8); t{s.valid?}; b=B.new(4); s=b.slice(0,2); b.resize(1); t{s.valid?}; b=B.new(4); s=b.slice(0,2); c=b.transfer; t{s.valid?}; t{c.size}
b=B.new(5); p b.instance_variables; p Marshal.dump(b) rescue p $!
b=IO::Buffer.new(16)
t{b.get_value(:U8,2**64)}; t{b.get_value(:U8,-2**64)}; t{b.clear(0,2**64)}; t{b.slice(0,2**70)}; t{IO::Buffer.new(2**64)}; t{IO::Buffer.new(2**63)};t{IO::Buffer.new(2**62)}; t{b.each(:U8,0,2**70){}}
s=+"abc"; IO::Buffer.for(s){|x| t{x.transfer}; t{x.valid?}}; t{IO::Buffer.for("a").transfer.size}
t{IO::Buffer.string(-1)}; t{IO::Buffer.string("a")}
t{b.set_value(:U128,0,2**127)}; t{b.get_string}; t{b.get_value(:u128,0)}; t{b.set_value(:s128,0,-1)}; t{b.get_value(:S128,0)};t{b.set_value(:u128,0,2**128)};t{b.set_value(:u128,0,-1)};t{b.set_value(:s128,0,2**127)};t{b.set_value(:s128,0,-2**127)};t{b.set_value(:u128,0,2**129)}; t{b.get_value(:u128,0)};t{b.set_value(:u128,0,-2**127)};t{b.set_value(:u128,0,-2**127-1)};t{b.set_value(:s128,0,-2**127-1)};t{b.set_value(:u128,0,1.5)};t{b.set_value(:u128,0,"a")};t{b.set_value(:u128,0,nil)}
path = "#{ENV["TMPDIR"] || "/tmp"}/io_buffer_#{$$}"
File.write(path, "0123456789" * 10)
File.open(path, "r+") do |file|
  t { B.map(file) }
  t { B.map(file, 5, 0, B::READONLY) }
  t { B.map(file, 101) }
  t { B.map(file, 5, 5) }
  map = B.map(file)
  map.set_string("AB")
  t { File.read(path, 4) }
  private_map = B.map(file, nil, 0, B::PRIVATE)
  private_map.set_string("ZZ")
  t { [File.read(path, 4), private_map.get_string(0, 4), private_map.private?, map.shared?] }
  file.truncate(10)
  t { map.get_string(8, 6) }
  buffer = B.new(10)
  t { [buffer.read(file, 4), buffer.get_string] }
  t { [buffer.pread(file, 2, 3), buffer.pwrite(file, 0, 2, 8), buffer.pread(file, -1), buffer.read(file)] }
  t { buffer.write(file, 3, 9) }
end
File.delete(path)
