/**
 * An expression for browsers, in the language of old ones: the URL below which the script that it is in finds everything else.
 *
 * 1. What the page says (`analytics._cdn`, as with Segment), unless that is Segment's own, left over in a snippet.
 * 2. Where the script itself came from, which is right by any name, scheme, port and proxy, and needs no word of ours:
 *    so the script is the same for every host, and no forged Host header can get into anybody's cache.
 * 3. Of a script that was given another path, the origin; of one that stands in the page itself, the page's.
 */
export const OWN_URL = `function(){
  var script = document.currentScript || {}, src = script.src || "";
  var name = script.dataset && script.dataset.globalSegmentAnalyticsKey || "analytics";
  var asked = window[name] && window[name]._cdn;
  if (asked && !/^https?:\\/\\/[^/]*\\bsegment\\.(com|build)\\b/i.test(asked)) return asked;
  var own = /^(https?:\\/\\/[^?#]+?)\\/analytics\\.js\\/v1\\//i.exec(src) || /^(https?:\\/\\/[^/?#]+)/i.exec(src);
  return own ? own[1] : window.location.origin;
}()`;
