package health

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
)

// A machine that runs short deserves a look but never makes the application
// unhealthy: taking it out of service would not help.
const (
	diskWarning   = 90 // percent
	memoryWarning = 95 // percent
)

// host reports on the machine and on this process.
type host struct{ started time.Time }

// check leaves out what the platform does not tell.
func (h host) check(ctx context.Context) Node {
	n := Node{Status: Healthy}
	if percent, err := cpu.PercentWithContext(ctx, 0, false); err == nil && len(percent) == 1 {
		n.Figures = append(n.Figures, Figure{Name: "processor", Value: percent[0], Max: 100, Unit: "percent"})
	}
	if avg, err := load.AvgWithContext(ctx); err == nil {
		n.Figures = append(n.Figures, Figure{Name: "load", Value: avg.Load1, Max: float64(runtime.NumCPU())})
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		n.Figures = append(n.Figures, Figure{Name: "memory", Value: float64(m.Used), Max: float64(m.Total), Unit: "bytes"})
		n.warn(m.UsedPercent > memoryWarning, "the machine is nearly out of memory")
	}
	if d, err := disk.UsageWithContext(ctx, "."); err == nil {
		n.Figures = append(n.Figures, Figure{Name: "disk", Value: float64(d.Used), Max: float64(d.Total), Unit: "bytes"})
		n.warn(d.UsedPercent > diskWarning, "the disk is nearly full")
	}
	n.Figures = append(n.Figures,
		Figure{Name: "process memory", Value: processMemory(), Unit: "bytes"},
		Figure{Name: "goroutines", Value: float64(runtime.NumGoroutine())},
		Figure{Name: "uptime", Value: time.Since(h.started).Seconds(), Unit: "s"},
	)
	return n
}

// processMemory is what the Go runtime holds of the machine's memory.
func processMemory() float64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	return float64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

func (n *Node) warn(when bool, message string) {
	if !when {
		return
	}
	n.Status = Warning
	if n.Message != "" {
		message = n.Message + ", and " + message
	}
	n.Message = message
}
