// A dashboard that has a port of its own is opened like the API.

function(model)
  local compose = (import 'compose.libsonnet')(model);
  if !std.objectHas(model.component.ports, 'dashboard') then {} else
    local port = model.component.ports.dashboard;
    local published = { ports: { dashboard: '${PUBLISH_DASHBOARD:-127.0.0.1:%d}:%d' % [port, port] } };
    compose.every({ environment: compose.variables({ DASHBOARD_ADDR: ':%d' % port }) }) + {
      dev+: { services+: { app+: published } },
      prod+: { services+: { web+: published } },
    }
