import { spawn } from "node:child_process"; import { createInterface } from "node:readline";
import { networks } from "/work/wt/engine/bench/networks.mjs"; import { build } from "esbuild";
const [,, name, rounds, ...variants] = process.argv; // variant e.g. SPIN=50
const n = networks[name]; const out="/work/wt/engine/node_modules/.cache/bench/spin.mjs";
await build({entryPoints:["/work/wt/engine/bench/engine-contender.ts"],bundle:true,platform:"node",format:"esm",packages:"external",outfile:out,logLevel:"error"});
const batch = Number(process.env.BATCH ?? n.batches[0]); const steps = Number(process.env.STEPS ?? Math.max(3, Math.round(1.2/ ({resnet20:.13,unet:.035,vgg:.045,mobilenet:.02,fashion:.003,lenet5:.002,fcn:.011}[name]))));
const ps = variants.map(v=>{ const env={...process.env}; for(const kv of v.split(",")){const [k,x]=kv.split("="); env[k]=x;}
 const {root,...o}= {root:0,...n}; const p=spawn(process.execPath,[out,JSON.stringify({...n,device:"cpu",threads:2,examples:Math.max(1024,batch*2)})],{env,cwd:"/work/wt/engine",stdio:["pipe","pipe","inherit"]});
 const it=createInterface({input:p.stdout})[Symbol.asyncIterator](); return {v,p,ask:async(q)=>{if(q)p.stdin.write(JSON.stringify(q)+"\n"); return JSON.parse((await it.next()).value)},t:[],c:[]};});
for(const x of ps) await x.ask(); for(const x of ps) await x.ask({batch,steps:2});
for(let r=0;r<rounds;r++) for(const x of ps){const a=await x.ask({batch,steps}); x.t.push(a.seconds/steps*1e3); x.c.push(a.processorSeconds/steps*1e3); x.m=a.peakMegabytes}
const med=a=>a.slice().sort((x,y)=>x-y)[a.length>>1];
for(const x of ps){ const ratios=ps[0].t.map((t,i)=>t/x.t[i]); console.log(name,batch,x.v.padEnd(24),med(x.t).toFixed(2),"ms wall",med(x.c).toFixed(2),"ms cpu","min",Math.min(...x.t).toFixed(2),"ratio",med(ratios).toFixed(3),x.m.toFixed(0)+"MB"); x.p.stdin.end();}
