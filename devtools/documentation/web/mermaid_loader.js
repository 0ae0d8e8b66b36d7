// The theme fetches Mermaid from another host unless the page has an object of that name. This one loads the site's own
// copy when the first diagram of a page is drawn, so that a page without diagrams does not load it.
(() => {
  const address = new URL("mermaid.tiny.js", document.currentScript.src).href;
  let options = {};
  let loaded;

  const load = () => {
    loaded ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => {
        window.mermaid.initialize(options);
        resolve(window.mermaid);
      };
      script.onerror = () => reject(new Error(`${address} cannot be loaded`));
      document.head.append(script);
    });
    return loaded;
  };

  window.mermaid = {
    initialize(wanted) {
      options = wanted;
    },
    async render(name, text) {
      return (await load()).render(name, text);
    },
  };
})();
