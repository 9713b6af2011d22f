# Fcntl: the numbers agree with those of File, and mean what IO#fcntl takes them for.
require "fcntl"

names = %i[O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_RDONLY O_RDWR O_WRONLY]
p names.reject { |name| Fcntl.const_get(name) == File.const_get(name.to_s.delete_prefix("O_")) }
p Fcntl::O_ACCMODE == (Fcntl::O_RDONLY | Fcntl::O_RDWR | Fcntl::O_WRONLY), Fcntl::O_NDELAY == Fcntl::O_NONBLOCK, Fcntl::VERSION
p [Fcntl::F_RDLCK, Fcntl::F_WRLCK, Fcntl::F_UNLCK].uniq.size, Fcntl.constants.include?(:F_DUPFD)
p Fcntl.class, require("fcntl"), $LOADED_FEATURES.include?("fcntl.so")
