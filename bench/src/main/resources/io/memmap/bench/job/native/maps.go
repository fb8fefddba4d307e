// Measures the map of Go in the same way, and with the same keys, as the Java contenders.
// It prints its figures in the same lines: @figure NAME VALUE, @point CURVE X Y, @failure TEXT.
// Go 1.19 or later builds it.
package main

import (
	"bytes"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sort"
	"strconv"
	"time"
)

const (
	chunk        = 10_000
	minStream    = 1_000_000
	warmUp       = 300 * time.Millisecond
	iteration    = 120 * time.Millisecond
	iterations   = 5
	filled       = 3_000_000
	mostFills    = 9
	warmUpFill   = 250_000
	warmUpFills  = 8
	looks        = 128
	object       = 512
	kept         = 1 << 14
	oneKeptOf    = 16
	getsASlot    = 100
	slot         = time.Millisecond
	slotsALook   = 100
	salt         = 1
	goldenGamma  = 0x9E3779B97F4A7C15
	gcCPU        = "/cpu/classes/gc/total:cpu-seconds"
	pageStatFile = "/proc/self/statm"
)

// Returns the key of an index by splitmix64, as in Java.
func key(index uint64) uint64 {
	z := (index + 1) * goldenGamma
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

func keys(first, count int) []uint64 {
	all := make([]uint64, count)
	for i := range all {
		all[i] = key(uint64(first + i))
	}
	return all
}

// Returns all keys several times, each time in another random order.
func stream(of []uint64) []uint64 {
	rounds := minStream / len(of)
	if rounds < 1 {
		rounds = 1
	}
	all := make([]uint64, 0, rounds*len(of))
	random := uint64(0)
	for round := 0; round < rounds; round++ {
		from := len(all)
		all = append(all, of...)
		for i := len(of) - 1; i > 0; i-- {
			random++
			j, _ := bits.Mul64(key(random), uint64(i+1))
			all[from+i], all[from+int(j)] = all[from+int(j)], all[from+i]
		}
	}
	return all
}

func figure(name string, value int64) {
	fmt.Printf("@figure %s %d\n", name, value)
}

func fail(format string, arguments ...any) {
	fmt.Printf("@failure "+format+"\n", arguments...)
	os.Exit(1)
}

func median(of []float64) float64 {
	sort.Float64s(of)
	return of[len(of)/2]
}

// Reports the picoseconds of an operation.
func picos(name string, nanos float64) {
	figure(name, int64(nanos*1000))
}

// Times an operation on chunks of a stream: the median of some iterations.
func timed(name string, of []uint64, work func(some []uint64)) {
	next := 0
	run := func(least time.Duration) float64 {
		start := time.Now()
		done := 0
		for time.Since(start) < least {
			end := next + chunk
			if end > len(of) {
				end = len(of)
			}
			work(of[next:end])
			done += end - next
			next = end % len(of)
		}
		return float64(time.Since(start)) / float64(done)
	}
	run(warmUp)
	nanos := make([]float64, iterations)
	for i := range nanos {
		nanos[i] = run(iteration)
	}
	picos(name, median(nanos))
}

func fills(name string, of []uint64, hint int) {
	count := filled / len(of)
	if count < 1 {
		count = 1
	} else if count > mostFills {
		count = mostFills
	}
	nanos := make([]float64, count)
	for i := range nanos {
		runtime.GC()
		start := time.Now()
		m := make(map[uint64]uint64, hint)
		for _, k := range of {
			m[k] = k ^ salt
		}
		nanos[i] = float64(time.Since(start)) / float64(len(of))
		if len(m) != len(of) {
			fail("the map holds %d entries of %d", len(m), len(of))
		}
	}
	picos(name, median(nanos))
}

var seen uint64

func times(size int) {
	present := keys(0, size)
	fills("fill", present, 0)
	fills("fillPresized", present, size)
	m := make(map[uint64]uint64, size)
	for _, k := range present {
		m[k] = k ^ salt
	}
	hits := stream(present)
	timed("hit", hits, func(some []uint64) {
		sum := uint64(0)
		for _, k := range some {
			sum += m[k]
		}
		seen += sum
	})
	timed("miss", keys(size, len(hits)), func(some []uint64) {
		sum := uint64(0)
		for _, k := range some {
			sum += m[k]
		}
		if sum != 0 {
			fail("a key that is absent was found")
		}
	})
	round := uint64(salt)
	timed("overwrite", hits, func(some []uint64) {
		round++
		for _, k := range some {
			m[k] = k ^ round
		}
	})
	timed("replace", hits, func(some []uint64) {
		round++
		for _, k := range some {
			delete(m, k)
			m[k] = k ^ round
		}
	})
	walks := make([]float64, iterations)
	for i := range walks {
		start := time.Now()
		sum := uint64(0)
		for _, v := range m {
			sum += v
		}
		seen += sum
		walks[i] = float64(time.Since(start)) / float64(size)
	}
	picos("iterate", median(walks))
	if len(m) != size {
		fail("the map holds %d entries of %d", len(m), size)
	}
}

// A histogram of nanoseconds with 32 steps for each doubling.
type histogram struct {
	counts [64 * 32]int64
	total  int64
	max    int64
}

func (h *histogram) record(nanos int64) {
	index := nanos
	if shift := bits.Len64(uint64(nanos)) - 6; shift > 0 {
		index = int64(shift)*32 + nanos>>uint(shift)
	}
	h.counts[index]++
	h.total++
	if nanos > h.max {
		h.max = nanos
	}
}

func (h *histogram) percentile(percent float64) int64 {
	wanted := int64(percent / 100 * float64(h.total))
	for index, count := range h.counts {
		wanted -= count
		if wanted <= 0 && count > 0 {
			if index < 64 {
				return int64(index)
			}
			shift := uint(index/32 - 1)
			return int64(index-32*int(shift))<<shift | (1<<shift - 1)
		}
	}
	return h.max
}

func (h *histogram) report(name string) {
	for _, point := range []string{"50", "99", "99.9", "99.99"} {
		percent, _ := strconv.ParseFloat(point, 64)
		figure(name+".p"+point, h.percentile(percent))
	}
	figure(name+".max", h.max)
}

func timedFill(of []uint64, m map[uint64]uint64) *histogram {
	h := new(histogram)
	last := time.Now()
	for _, k := range of {
		if m == nil {
			seen ^= k
		} else {
			m[k] = k ^ salt
		}
		now := time.Now()
		h.record(int64(now.Sub(last)))
		last = now
	}
	return h
}

func latencies(size int) {
	of := keys(0, size)
	few := of
	if len(few) > warmUpFill {
		few = few[:warmUpFill]
	}
	for i := 0; i < warmUpFills; i++ {
		timedFill(few, map[uint64]uint64{})
	}
	timedFill(of, nil).report("noOp")
	runtime.GC()
	timedFill(of, map[uint64]uint64{}).report("put")
}

func resident() int64 {
	statm, err := os.ReadFile(pageStatFile)
	if err != nil {
		fail("the system does not tell what is resident")
	}
	pages, _ := strconv.ParseInt(string(bytes.Fields(statm)[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

func memory(size int) {
	debug.FreeOSMemory()
	baseline := resident()
	peak := int64(0)
	step := (size + looks - 1) / looks
	m := map[uint64]uint64{}
	settled := func(moment string) {
		debug.FreeOSMemory()
		figure(moment, resident()-baseline)
	}
	for i := 0; i < size; i++ {
		k := key(uint64(i))
		m[k] = k ^ salt
		if (i+1)%step == 0 || i+1 == size {
			now := resident() - baseline
			if now > peak {
				peak = now
			}
			fmt.Printf("@point growth %d %d\n", i+1, now)
		}
	}
	figure("PEAK", peak)
	settled("FULL")
	for i := 0; i < size/100*95; i++ {
		delete(m, key(uint64(i)))
	}
	settled("REMOVED")
	for k := range m {
		delete(m, k)
	}
	settled("CLEARED")
	seen += uint64(len(m))
	m = nil
	settled("CLOSED")
}

// Returns the CPU seconds of the garbage collector up to the end of its last cycle. Before Go 1.20
// the runtime reports only its share of all CPU time.
func gcSeconds(since time.Time) float64 {
	sample := []metrics.Sample{{Name: gcCPU}}
	metrics.Read(sample)
	if sample[0].Value.Kind() == metrics.KindFloat64 {
		return sample[0].Value.Float64()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	ended := time.Unix(0, int64(stats.LastGC))
	return stats.GCCPUFraction * ended.Sub(since).Seconds() * float64(runtime.GOMAXPROCS(0))
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// Holds many live entries while another load allocates at a steady rate: see GcPressure in Java.
func pressure(size int, pointers bool, bytesASecond, seconds int) {
	began := time.Now()
	flat := map[uint64]uint64{}
	boxed := map[uint64]*uint64{}
	if pointers {
		boxed = make(map[uint64]*uint64, size)
	} else {
		flat = make(map[uint64]uint64, size)
	}
	for i := 0; i < size; i++ {
		k := key(uint64(i))
		if pointers {
			v := k ^ salt
			boxed[k] = &v
		} else {
			flat[k] = k ^ salt
		}
	}
	runtime.GC()
	runtime.GC() // ends the sweep of the first cycle
	ring := make([][]byte, kept)
	objects := bytesASecond / 1000 / object
	if objects < 1 {
		objects = 1
	}
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	cycles := stats.NumGC
	cpu := gcSeconds(began)
	bytesBefore := allocated()
	start := time.Now()
	lateMax := time.Duration(0)
	count := 0
	look := func() {
		debug.ReadGCStats(&stats)
		for i := int(stats.NumGC - cycles); i > 0; i-- {
			// A cycle counts as one pause: the sum of its two.
			fmt.Printf("@point pauses %d %d\n", stats.PauseEnd[i-1].Sub(start).Microseconds(), stats.Pause[i-1].Nanoseconds())
		}
		cycles = stats.NumGC
	}
	for slots := 0; slots < seconds*1000; slots++ {
		intended := start.Add(time.Duration(slots) * slot)
		for time.Now().Before(intended) {
		}
		for i := 0; i < objects; i++ {
			newest = make([]byte, object)
			if count%oneKeptOf == 0 {
				ring[count/oneKeptOf%kept] = newest
			}
			count++
		}
		for i := 0; i < getsASlot && size > 0; i++ {
			k := key(uint64((count + i*7919) % size))
			if !pointers {
				seen ^= flat[k]
			} else if v := boxed[k]; v != nil {
				seen ^= *v
			}
		}
		if late := time.Since(intended) - slot; late > lateMax {
			lateMax = late
		}
		if slots%slotsALook == 0 {
			look()
		}
	}
	wall := time.Since(start)
	look()
	figure("WALL", int64(wall))
	figure("ALLOCATED", int64(allocated()-bytesBefore))
	figure("GC_CPU", int64((gcSeconds(began)-cpu)*1e9))
	figure("LATE_MAX", int64(lateMax))
	seen += uint64(len(flat) + len(boxed) + len(ring))
}

var newest []byte

// Arguments: time SIZE, latency SIZE, memory SIZE, or gc SIZE POINTERS MIB SECONDS.
func main() {
	number := func(index int) int {
		value, err := strconv.Atoi(os.Args[index])
		if err != nil {
			fail("no number: %s", os.Args[index])
		}
		return value
	}
	size := number(2)
	switch os.Args[1] {
	case "time":
		times(size)
	case "latency":
		latencies(size)
	case "memory":
		memory(size)
	case "gc":
		pressure(size, os.Args[3] == "true", number(4)<<20, number(5))
	default:
		fail("unknown: %s", os.Args[1])
	}
	if seen == 1 {
		fmt.Println("kept from being left out by the compiler")
	}
}
