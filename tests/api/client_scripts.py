"""What each client library is asked to do: programs that use it as its own examples do.

Each gets the site's address, a token, a username, the address of a document and a quotation from
it as arguments, and prints one line of JSON: what came of each thing it tried.
"""

PYTHON_HYPOTHESIS = """
import json, sys, warnings
warnings.simplefilter("ignore")
import h_annot
from h_annot import api
from h_annot.annotation import Annotation
site, token, username, uri, quote = sys.argv[1:]
said = {}
with h_annot.server(site), h_annot.auth(token):
    said["root"] = "links" in json.loads(api.root())
    said["profile"] = json.loads(api.profile(token))["userid"]
    made = Annotation.create(token, "A title", ["one", "two"], "By a library", uri)
    said["made"] = made.text
    said["permissions"] = made.permissions["read"]
    loaded = Annotation.load(made.id)
    loaded.text = "Changed by a library"
    loaded.tags.add("three")
    loaded.tags.remove("one")
    said["changed"] = json.loads(api.read(token, made.id))["text"]
    said["tags"] = sorted(Annotation.load(made.id).tags)
    said["times"] = loaded.updated >= loaded.created
    said["title"] = loaded.document["title"]
    found = h_annot.search(uri=uri, auth=token)
    said["found"] = len(found) == len(list(found)) and len(found) > 20
    of_user = h_annot.search(user=username, tags=["three"], auth=token)
    said["of user"] = [one.id == made.id for one in of_user]
    api.delete(token, made.id)
    try:
        Annotation.load(made.id)
    except KeyError:
        said["gone"] = True
    said["oauth"] = json.loads(api.oauth_token("unknown", code="none"))["error"]
    said["refresh"] = json.loads(api.refresh_oauth_token("none"))["error"]
    api.revoke_oauth("none")
    said["authorize"] = api.oauth_url("one").startswith(site + "/oauth/authorize")
print(json.dumps(said))
"""

HYPOTHESIS_API = """
import json, sys, warnings
warnings.simplefilter("ignore")
from hypothesis import Hypothesis, HypothesisAnnotation
site, token, username, uri, quote = sys.argv[1:]
h = Hypothesis(authority="127.0.0.1", username=username, token=token)
h.api_url, h.query_url = site + "/api", site + "/api/search?{query}"
said = {}
selector = {"type": "TextQuoteSelector", "exact": quote, "prefix": "", "suffix": ""}
payload = {
    "uri": uri,
    "user": "acct:somebody@else",
    "permissions": h.permissions,
    "group": "__world__",
    "target": [{"source": uri, "selector": [selector]}],
    "tags": ["library"],
    "text": "By a library",
}
made = h.post_annotation(payload).json()
said["user"] = made["user"]
row = HypothesisAnnotation(h.get_annotation(made["id"]))
said["row"] = [row.type, row.exact, row.is_public, row.text, row.tags, row.doc_title != "untitled"]
payload["text"] = "Changed by a library"
said["changed"] = h.update_annotation(made["id"], payload).json()["text"]
rows = list(h.search_all({"uri": uri, "limit": 20}))
said["all"] = len(rows) == len({one["id"] for one in rows}) == h.search({"uri": uri})["total"]
said["replies"] = any(HypothesisAnnotation(one).type == "reply" for one in rows)
said["tagged"] = [one["id"] == made["id"] for one in h.search({"tag": "library"})["rows"]]
reply = dict(payload, references=[made["id"]], target=[{"source": uri}])
said["reply"] = h.post_annotation(reply).json()["references"] == [made["id"]]
said["deleted"] = h.delete_annotation(made["id"]).json()["deleted"]
said["nothing"] = h.delete_annotation(made["id"]).status_code
print(json.dumps(said))
"""

HYPOTHEPY = """
import json, sys
from hypothepy.v1.api import HypoApi
from hypothepy.v1.endpoints.groups import Expand
site, token, username, uri, quote = sys.argv[1:]
hypo = HypoApi(token, username, base_url=site + "/api")
said = {"root": "links" in hypo.general().json()}
read = hypo.helpers.permissions.READ_ALL
target = [{"source": uri, "selector": [{"type": "TextQuoteSelector", "exact": quote}]}]
sent = {"text": "By a library", "tags": ["py"], "permissions": read, "target": target}
made = hypo.annotations.create(uri, document={"title": ["T"]}, **sent).json()
said["made"] = [made["text"], made["permissions"]["read"]]
said["fetched"] = hypo.annotations.fetch(made["id"]).json() == made
said["changed"] = hypo.annotations.update(made["id"], text="Changed").json()["text"]
rows = hypo.annotations.search(tag="py", uri=uri, user=username).json()["rows"]
said["found"] = [one["id"] == made["id"] for one in rows]
said["quoted"] = hypo.annotations.search(quote=quote).json()["total"] > 0
other = hypo.annotations.search(uri=uri, limit=1, sort="created", order="asc").json()["rows"][0]
said["flag"] = hypo.annotations.flag(other["id"]).status_code
said["hide"] = hypo.annotations.hide(other["id"]).status_code
said["show"] = hypo.annotations.show(other["id"]).status_code
said["deleted"] = hypo.annotations.delete(made["id"]).json()["deleted"]
group = hypo.groups.create("A circle", "Of readers").json()
said["group"] = [group["name"], group["type"]]
said["renamed"] = hypo.groups.update(group["id"], name="A wider circle").json()["name"]
expanded = hypo.groups.fetch(group["id"], expand=[Expand.ORGANIZATION]).json()
said["fetched group"] = expanded["organization"]["default"]
listed = hypo.groups.get_list(authority="127.0.0.1", document_uri=uri).json()
said["listed"] = group["id"] in [one["id"] for one in listed]
said["mine"] = group["id"] in [one["id"] for one in hypo.profile.groups().json()]
said["members"] = [one["roles"] for one in hypo.groups.members(group["id"]).json()]
said["left"] = hypo.groups.remove_member(group["id"]).status_code
said["profile"] = hypo.profile().json()["userid"]
print(json.dumps(said))
"""

NPM = """
const [site, token, username, uri, quote] = process.argv.slice(2);
const axios = require("axios");
// One of its methods names hypothes.is itself: that request is turned to the site from outside.
axios.interceptors.request.use((asked) => {
  asked.url = asked.url.replace("https://hypothes.is", site);
  return asked;
});
const Client = require("hypothesis-api-client");
const client = new Client(token, { baseURI: `${site}/api` });
const ask = (name, ...sent) =>
  new Promise((done, failed) => {
    client[name](...sent, (error, answer) => (error ? failed(error) : done(answer)));
  });
const annotation = (text, tag) => ({
  uri, text, tags: [tag], group: "__world__", permissions: { read: ["group:__world__"] },
  target: [{ source: uri, selector: [{ type: "TextQuoteSelector", exact: quote }] }],
});
(async () => {
  const said = {};
  said.profile = (await ask("getUserProfile")).userid;
  const made = await ask("createNewAnnotation", annotation("By a library", "npm"));
  said.made = made.text;
  said.fetched = (await ask("fetchAnnotation", made.id)).id === made.id;
  said.changed = (await ask("updateAnnotation", made.id, { text: "Changed" })).text;
  const many = [1, 2, 3].map((number) => annotation(`Number ${number}`, "npm many"));
  said.many = (await ask("createNewAnnotationsSequential", many)).length;
  said.parallel = (await ask("createNewAnnotationsParallel", many)).length;
  const found = await ask("searchAnnotations", { tag: "npm many" });
  said.found = found.length;
  said.sequential = (await ask("searchAnnotationsSequential", { uri, order: "desc" })).length > 20;
  said.bunch = (await ask("searchBunchAnnotations", { uri }, 0)).total > 20;
  await ask("deleteAnnotations", found);
  said.deleted = (await ask("deleteAnnotation", made.id)).deleted;
  const group = await ask("createNewGroup", { name: "An npm circle" });
  said.group = group.name;
  said.renamed = (await ask("updateGroup", group.id, { name: "Another circle" })).name;
  said.fetchedGroup = (await ask("fetchGroup", group.id)).name;
  said.groups = (await ask("getListOfGroups", {})).some((one) => one.id === group.id);
  await ask("removeAMemberFromAGroup", { id: group.id });
  said.left = !(await ask("getListOfGroups", {})).some((one) => one.id === group.id);
  console.log(JSON.stringify(said));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
"""
