"""Recompute the vectors by other routes than make_oracles.py and print the largest differences."""
import json, pathlib
import numpy as np, torch
J = pathlib.Path(__file__).parent / "json"
def load(n):
    d = json.loads((J / f"{n}.json").read_text()); return d
A = lambda v: np.array(v, dtype=float)
sig = lambda z: 1/(1+np.exp(-z))
def show(n, *pairs): print(n, max(float(np.abs(a-b).max()) for a,b in pairs))
def att(n, prefix, last, act):
    d = load(n); w = {k: A(v) for k, v in d["weights"].items()}; pairs=[]
    for side in ("right","left"):
        h, m, c = A(d["inputs"]["history_"+side]), A(d["inputs"]["mask_"+side]), A(d["inputs"]["candidate"])[:,None,:]
        c = np.broadcast_to(c, h.shape); z = np.concatenate([c,h,c-h,c*h],-1)
        for i,(lin,a) in enumerate(prefix):
            z = act(z @ w[lin+".weight"].T + w[lin+".bias"], w, a)
        s = (z @ w[last+".weight"].T + w[last+".bias"])[...,0]*m
        pairs += [(s, A(d["outputs"]["scores_"+side])), ((s[...,None]*h).sum(1), A(d["outputs"]["pooled_"+side]))]
    show(n,*pairs)
def dice(eps):
    def f(z,w,a):
        n=(z-w[a+".bn.running_mean"])/np.sqrt(w[a+".bn.running_var"]+eps)
        if a+".bn.weight" in w: n=n*w[a+".bn.weight"]+w[a+".bn.bias"]
        p=sig(n); return p*z+(1-p)*w[a+".alpha"].ravel()*z
    return f
dp=[(f"local_att.dnn.linears.{i}",f"local_att.dnn.activation_layers.{i}") for i in (0,1)]
att("deepctr_attention_sigmoid",dp,"local_att.dense",lambda z,w,a:sig(z))
for n in ("dice",): att("deepctr_attention_"+n,dp,"local_att.dense",dice(1e-8))
fp=[("attention_layer.mlp.0","attention_layer.mlp.1"),("attention_layer.mlp.2","attention_layer.mlp.3")]
att("fuxictr_attention_relu",fp,"attention_layer.mlp.4",lambda z,w,a:np.maximum(z,0))
att("fuxictr_attention_dice",fp,"attention_layer.mlp.4",dice(1e-9))
# recbole, by hand
def gru(x,w,p,H):
    ih,hh=w[p+".weight_ih_l0"],w[p+".weight_hh_l0"]; h=np.zeros((x.shape[0],H)); out=[]
    for t in range(x.shape[1]):
        a,b=x[:,t]@ih.T,h@hh.T; r,z=sig(a[:,:H]+b[:,:H]),sig(a[:,H:2*H]+b[:,H:2*H]); n=np.tanh(a[:,2*H:]+r*b[:,2*H:])
        h=(1-z)*n+z*h; out.append(h)
    return np.stack(out,1)
d=load("recbole_narm"); w={k:A(v) for k,v in d["weights"].items()}; ids=np.array(d["inputs"]["item_seq"]); L=np.array(d["inputs"]["item_seq_len"])
g=gru(w["item_embedding.weight"][ids],w,"gru",6); ht=g[np.arange(2),L-1]
al=(sig(g@w["a_1.weight"].T+(ht@w["a_2.weight"].T)[:,None])@w["v_t.weight"].T)[...,0]*(ids>0)
s=np.concatenate([(al[...,None]*g).sum(1),ht],-1)@w["b.weight"].T
show("recbole_narm",(s,A(d["outputs"]["session"])),(al,A(d["outputs"]["attention"])),(s@w["item_embedding.weight"].T,A(d["outputs"]["scores"])))
d=load("recbole_gru4rec"); w={k:A(v) for k,v in d["weights"].items()}
g=gru(w["item_embedding.weight"][ids],w,"gru_layers",6)@w["dense.weight"].T+w["dense.bias"]
show("recbole_gru4rec",(g[np.arange(2),L-1],A(d["outputs"]["session"])))
# SASRec with torch's own modules
for n in ("numpy_sasrec_1_head","numpy_sasrec_2_heads"):
    d=load(n); w={k:torch.tensor(v,dtype=torch.float64) for k,v in d["weights"].items()}; ids=torch.tensor(d["inputs"]["ids"]); H=d["inputs"]["heads"]; pairs=[]
    F=torch.nn.functional
    for row,want in zip(ids,d["outputs"]["states"]):
        k=row[row!=0]; first=4-len(k)  # drop the padding altogether: the answer must not change
        x=w["item"][k]*2.0+w["position"][first:]
        for i in (0,1):
            b=f"block{i}."; y=F.layer_norm(x,(4,),w[b+"norm1.weight"],w[b+"norm1.bias"],1e-8)
            q,kk,v=(F.linear(y,w[b+m+".weight"],w[b+m+".bias"]).view(1,-1,H,4//H).transpose(1,2) for m in ("query","key","value"))
            o=F.scaled_dot_product_attention(q,kk,v,is_causal=True).transpose(1,2).reshape(-1,4)
            x=x+F.linear(o,w[b+"out.weight"],w[b+"out.bias"])
            y=F.layer_norm(x,(4,),w[b+"norm2.weight"],w[b+"norm2.bias"],1e-8)
            x=x+F.linear(F.linear(y,w[b+"first.weight"],w[b+"first.bias"]).relu(),w[b+"second.weight"],w[b+"second.bias"])
        x=F.layer_norm(x,(4,),w["norm.weight"],w["norm.bias"],1e-8)
        pairs.append((x.numpy(),A(want)[first:]))
    show(n,*pairs)
d1,d2=load("numpy_dice"),load("deepctr_dice"); show("dice: numpy x in train, deepctr", )if 0 else None
d=load("deepctr_dice"); x=A(d["inputs"]["x"]); p=sig((x-x.mean(0))/np.sqrt(x.var(0)+1e-8)); y=p*x+(1-p)*x*A(d["weights"]["alpha"])
show("deepctr_dice train",(y,A(d["outputs"]["train"])))
x=A(d1["inputs"]["x"]); b=torch.nn.functional.batch_norm(torch.tensor(x),None,None,training=True,eps=1e-8).sigmoid().numpy()
show("numpy_dice",(b*x+(1-b)*A(d1["weights"]["alpha"])*x,A(d1["outputs"]["y"])))
d=load("metrics"); o=d["outputs"]
S,Y=A(d["inputs"]["scores"]),A(d["inputs"]["labels"]); rel=np.take_along_axis(Y,np.argsort(-S,1),1)
rr=[1/(1+np.argmax(r)) for r in rel]
disc=1/np.log2(np.arange(2,12))
nd=lambda k:[(r[:k]*disc[:k]).sum()/disc[:min(k,int(r.sum()))].sum() for r in rel]
show("metrics",(A(rr),A(o["torchmetrics"]["mrr@10"])),*[(A(nd(k)),A(o["sklearn"][f"ndcg@{k}"])) for k in (1,3,5,10)],*[(A(nd(k)),A(o["torchmetrics"][f"ndcg@{k}"])) for k in (1,3,5,10)],(A(o["sklearn"]["auc"]),A(o["torchmetrics"]["auc"])))
print("relevant ranks", [list(np.flatnonzero(r)+1) for r in rel]); print(o["torchmetrics"]["map@3"],o["torchmetrics"]["map@10"],o["sklearn"]["average_precision"],o["pooled"])
