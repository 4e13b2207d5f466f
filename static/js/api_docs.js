// The page on which the API can be tried: Swagger UI on the site's own description.

const place = /** @type {HTMLElement} */ (document.getElementById("api-docs"));
const { SwaggerUIBundle } = /** @type {any} */ (window);

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
