package schema

import (
	"slices"
	"strings"
)

// ComposeKeys are what a compose file may hold.
var ComposeKeys = strings.Fields(`configs include jobs models name networks secrets services version volumes`)

// serviceKeys are what a service may hold, by how the values may be written.
var serviceKeys = map[form][]string{
	oneValue: strings.Fields(`attach cgroup cgroup_parent container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period
		cpu_rt_runtime cpu_shares cpus cpuset domainname hostname image init ipc isolation mac_address mem_limit
		mem_reservation mem_swappiness memswap_limit network_mode oom_kill_disable oom_score_adj pid pids_limit platform
		privileged pull_policy pull_refresh_after read_only restart runtime scale shm_size stdin_open stop_grace_period
		stop_signal tty umask use_api_socket user userns_mode uts working_dir`),
	aList: strings.Fields(`cap_add cap_drop configs device_cgroup_rules devices dns_opt expose external_links group_add links
		ports post_start pre_start pre_stop profiles secrets security_opt volumes volumes_from`),
	named:            strings.Fields(`blkio_config credential_spec deploy develop healthcheck logging provider storage_opt ulimits`),
	aList | named:    strings.Fields(`annotations depends_on environment extra_hosts labels models networks sysctls`),
	aList | oneValue: strings.Fields(`command dns dns_search entrypoint env_file gpus label_file tmpfs`),
	named | oneValue: strings.Fields(`build extends`),
}

// form is how a value may be written.
type form int

const (
	oneValue form = 1 << iota
	aList
	named
)

func (f form) String() string {
	var words []string
	for _, one := range []struct {
		form
		word string
	}{{oneValue, "one value"}, {aList, "a list"}, {named, "names with values"}} {
		if f&one.form != 0 {
			words = append(words, one.word)
		}
	}
	return strings.Join(words, " or ")
}

// formOf returns how the value of a service's key may be written; 0 for a key
// that there is not.
func formOf(key string) form {
	for f, keys := range serviceKeys {
		if slices.Contains(keys, key) {
			return f
		}
	}
	return 0
}

// formOfValue returns how a value of the manifest is written.
func formOfValue(value any) form {
	switch value.(type) {
	case nil: // takes something away
		return oneValue | aList | named
	case map[string]any:
		return named
	case []any:
		return aList
	}
	return oneValue
}

// ServiceKeys are what a service of a compose file may hold.
var ServiceKeys = slices.Sorted(func(yield func(string) bool) {
	for _, keys := range serviceKeys {
		for _, key := range keys {
			if !yield(key) {
				return
			}
		}
	}
})
