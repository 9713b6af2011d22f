# Files, pipes and folders that are never closed: when the descriptors are used up, those that nobody can reach any more are closed.
unless ENV["LIMITED"]
  ENV["LIMITED"] = "yes"
  exec("sh", "-c", 'ulimit -n 100; exec "$0" "$1"', RbConfig.ruby, __FILE__)
end
def opened(name, count)
  count.times { |i| yield i }
  puts "#{name}: opened"
rescue SystemCallError => error
  puts "#{name}: #{error.class}"
end
COUNT = 5000
opened("files", COUNT) { File.open(File::NULL) }
opened("read files", COUNT) { File.open(File::NULL).read }
opened("pipes", COUNT) { IO.pipe }
opened("folders", COUNT) { Dir.open("/") }
