// Shows /openapi.json. Everything comes from this server, and "Execute" sends requests to it alone.
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null, // the default one is on the internet
});
