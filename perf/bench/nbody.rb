# Five bodies under gravity, stepped by the symplectic Euler method (Computer Language Benchmarks Game, n-body).

class Body
  attr_accessor :x, :y, :z, :vx, :vy, :vz
  attr_reader :mass

  def initialize(x, y, z, vx, vy, vz, mass)
    @x = x
    @y = y
    @z = z
    @vx = vx * DAYS
    @vy = vy * DAYS
    @vz = vz * DAYS
    @mass = mass * SOLAR_MASS
  end

  DAYS = 365.24
  SOLAR_MASS = 4 * Math::PI * Math::PI

  def attract(other, dt)
    dx = @x - other.x
    dy = @y - other.y
    dz = @z - other.z
    squared = dx * dx + dy * dy + dz * dz
    magnitude = dt / (squared * Math.sqrt(squared))
    other_mass = other.mass * magnitude
    @vx -= dx * other_mass
    @vy -= dy * other_mass
    @vz -= dz * other_mass
    own_mass = @mass * magnitude
    other.vx += dx * own_mass
    other.vy += dy * own_mass
    other.vz += dz * own_mass
  end

  def move(dt)
    @x += dt * @vx
    @y += dt * @vy
    @z += dt * @vz
  end
end

def solar_system
  [
    Body.new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    Body.new(4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
             0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
    Body.new(8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
             -0.00276742510726411, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812),
    Body.new(12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
             0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298),
    Body.new(15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
             0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451)
  ]
end

def offset_momentum(bodies)
  px = py = pz = 0.0
  bodies.each do |body|
    px += body.vx * body.mass
    py += body.vy * body.mass
    pz += body.vz * body.mass
  end
  sun = bodies[0]
  sun.vx = -px / Body::SOLAR_MASS
  sun.vy = -py / Body::SOLAR_MASS
  sun.vz = -pz / Body::SOLAR_MASS
end

def energy(bodies)
  total = 0.0
  bodies.each_with_index do |body, index|
    total += 0.5 * body.mass * (body.vx * body.vx + body.vy * body.vy + body.vz * body.vz)
    other_index = index + 1
    while other_index < bodies.size
      other = bodies[other_index]
      dx = body.x - other.x
      dy = body.y - other.y
      dz = body.z - other.z
      total -= body.mass * other.mass / Math.sqrt(dx * dx + dy * dy + dz * dz)
      other_index += 1
    end
  end
  total
end

EXPECTED = [-169075164, -169020695]

def benchmark
  bodies = solar_system
  offset_momentum(bodies)
  first = (energy(bodies) * 1_000_000_000).round
  30_000.times do
    index = 0
    while index < bodies.size
      body = bodies[index]
      other = index + 1
      while other < bodies.size
        body.attract(bodies[other], 0.01)
        other += 1
      end
      index += 1
    end
    bodies.each { |body| body.move(0.01) }
  end
  [first, (energy(bodies) * 1_000_000_000).round]
end
