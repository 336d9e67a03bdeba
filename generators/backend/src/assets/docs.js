"use strict";

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  // The validator badge would send the document to another host.
  validatorUrl: null,
});
