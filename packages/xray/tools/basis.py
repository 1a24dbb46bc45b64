# reads PySCF's digits (the classic EMSL printing) into TypeScript
from pyscf import gto
import sys
names=['STO-3G','STO-6G','3-21G','6-31G','6-31+G','6-31++G','6-311G','6-311++G']
def shells(name,el):
    S=[];P=[]
    for sh in gto.basis.load(name,el):
        l=sh[0]; prims=sh[1:]
        for c in range(1,len(prims[0])):
            ex=[p[0] for p in prims if p[c]!=0]; co=[p[c] for p in prims if p[c]!=0]
            (S if l==0 else P).append((ex,co)); assert l<2
    out=[]
    for ex,co in S:
        m=[q for q in P if q[0]==ex]
        if m: P.remove(m[0]); out.append((ex,co,m[0][1]))
        else: out.append((ex,co,None))
    assert not P
    return out
print('''/**
 * Pople's basis sets for H, C, N and O, in the digits of their first printing (EMSL; those of PySCF),
 * which differ from Basis Set Exchange's version 1 in the eighth. Each shell: exponents, s
 * coefficients, and for an sp shell p coefficients. Made by packages/xray/tools/basis.py.
 */
export type ShellData = readonly [
  exponents: readonly number[],
  s: readonly number[],
  p?: readonly number[],
];

// prettier-ignore
export const basisData: Readonly<Record<string, Readonly<Record<string, readonly ShellData[]>>>> = {''')
f=lambda v:'['+', '.join(repr(float(x)) if x!=int(x) else str(int(x)) for x in v)+']'
for n in names:
    print(f"  '{n}': {{")
    for el in 'HCNO':
        print(f"    {el}: [")
        for ex,s,p in shells(n,el):
            print('      ['+f(ex)+', '+f(s)+(', '+f(p) if p else '')+'],')
        print('    ],')
    print('  },')
print('};')
