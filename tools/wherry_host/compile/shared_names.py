"""Find public names in the device code that may share a short name, because they never meet.

Two names meet in a module that has both at its top, in a function that has both as variables or
globals, and in a class that has both as members. Names that do not meet get the same short name,
so that the chip's table of names stays small. A name that may be foreign stays: a member of
Python's or MicroPython's types and modules, a keyword of a call, a module, or a word in a string
by which it may be looked up. A name that a person may read, such as an exception's name, also
stays.
"""

import ast
import binascii
import builtins
import hashlib
import io
import itertools
import json
import os
import random
import re
import string
import struct
import sys
from functools import cache

from wherry_host.compile.syntax import constant, nodes, parsed, top
from wherry_host.places import SHIMS

_WORD = re.compile(r"\w+")
_OWNERS = (
    *(builtins, binascii, hashlib, hashlib.sha256(), io, io.BytesIO, io.FileIO, json, os, random),
    *(struct, sys, bytearray, dict, float, int, list, memoryview, set, str, tuple, OSError),
)


def shared_names(trees, stored):
    """Return {name: short name} for modules, given as {module name: ast.Module}.

    `stored` is the result of `stored_names` for the same modules before their variables are
    shortened.
    """
    cliques = [clique for tree in trees.values() for clique in _scopes(tree)]
    cliques += _families(trees.values()).values()
    stays = _foreign() | stored | {part for name in trees for part in name.split("/")}
    modules = {name.replace("/", ".") for name in trees}
    for tree in trees.values():
        stays |= words(tree) | _keywords(tree) | _imported(tree, modules)
        stays |= _exceptions(tree)
    mine = set().union(*map(_defined, trees.values()))
    return _coloured({name for name in mine - stays if name[0] != "_"}, cliques, stays)


def _coloured(names, cliques, stays):
    """Give each name the first short name that no name it meets has."""
    met = {name: set() for name in names}
    for clique in cliques:
        for name in clique & names:
            met[name] |= clique
    short_names = [name for name in _short_names(len(names)) if name not in stays]
    chosen = {}
    for name in sorted(names, key=lambda name: (-len(met[name]), name)):
        taken = {chosen.get(other) for other in met[name]} | met[name]
        chosen[name] = next(short for short in short_names if short not in taken)
    return chosen


def _short_names(count):
    """Return A, B, ... Z, AA, AB, ...: at least `count` of them."""
    names = list(string.ascii_uppercase)
    while len(names) < count + len(string.ascii_uppercase):
        names += ["".join(pair) for pair in itertools.product(names, string.ascii_uppercase)]
    return names


def _scopes(tree):
    """Return the sets of names that meet as variables, at a module's top or in a function.

    Nested functions belong to the outer one. A function's names are its locals and the globals
    that it uses, so the locals of two functions do not meet.
    """
    # A constant is replaced by its number wherever its name occurs, even as another variable.
    constants = {constant(node) for node in tree.body} - {None}
    scopes = [_variables(tree)]
    waiting = [tree]
    while waiting:
        for node in waiting.pop().body:
            if isinstance(node, ast.ClassDef):
                scopes.append(constants | _variables(node) | {node.name})
                waiting.append(node)
            elif isinstance(node, ast.FunctionDef):
                scopes.append(constants.union(*map(_names_of, ast.walk(node))))
    return scopes


def _variables(tree):
    """Return the names in the body of a module or a class, without those in its functions."""
    found = set()
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        found |= _names_of(node)
        if isinstance(node, ast.FunctionDef):
            waiting += node.decorator_list + node.args.defaults
            waiting += [each for each in node.args.kw_defaults if each]
        elif isinstance(node, ast.ClassDef):
            waiting += node.decorator_list + node.bases
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def _names_of(node):
    """Return the variable names in a node itself, without its children."""
    if isinstance(node, ast.alias):
        return {node.name, node.asname}
    if isinstance(node, ast.ExceptHandler | ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {getattr(node, "id", None) or getattr(node, "arg", None)}


def _families(trees):
    """Return {class: its members and its base classes' members}."""
    members, bases = {}, {}
    for tree in trees:
        imported = [alias for node in nodes(tree, ast.ImportFrom) for alias in node.names]
        real = {alias.asname: alias.name for alias in imported}
        for node in nodes(tree, ast.ClassDef):
            found = {getattr(base, "id", "") for base in node.bases}
            # Classes with the same name in several modules are treated as one.
            bases.setdefault(node.name, set()).update(real.get(name, name) for name in found)
        for name, found in _members(tree).items():
            members.setdefault(name, set()).update(found)
    families = {}
    for name in members:
        family, waiting = set(), {name}
        while waiting:
            family |= waiting
            waiting = set().union(*(bases.get(each, set()) for each in waiting)) - family
        families[name] = set().union(*(members.get(each, set()) for each in family))
    return families


def _members(tree):
    """Return {class: names of its methods and of the attributes that it sets on self}."""
    return {
        node.name: top(node)
        | {
            inner.attr
            for inner in ast.walk(node)
            if isinstance(inner, ast.Attribute) and getattr(inner.value, "id", "") == "self"
        }
        for node in nodes(tree, ast.ClassDef)
    }


def _defined(tree):
    """Return the names that a module defines: its globals and its classes' members."""
    found = {node.name for node in nodes(tree, ast.ClassDef)}
    return found.union(top(tree), *_members(tree).values())


def _imported(tree, modules):
    """Return the names that a module imports from foreign modules."""
    found = set()
    for node in nodes(tree, ast.ImportFrom):
        if node.module not in modules:
            found |= {alias.name for alias in node.names}
    for node in nodes(tree, ast.Import):
        found |= {alias.name for alias in node.names} - modules
    return found


def stored_names(trees):
    """Return the attributes that are set on an object of unknown class.

    Such an object is neither self nor named after a class that has the attribute: `outcome.kind`,
    `held.ledger.row`.
    """
    families = _families(trees)
    found = set()
    for node in itertools.chain.from_iterable(nodes(tree, ast.Attribute) for tree in trees):
        if isinstance(node.ctx, ast.Store):
            owner = getattr(node.value, "id", getattr(node.value, "attr", ""))
            if owner != "self" and node.attr not in families.get(owner.capitalize(), ()):
                found.add(node.attr)
    return found


def words(tree):
    """Return the words in all strings except docstrings."""
    found, docstrings = set(), set()
    for node in nodes(tree, ast.Module, ast.ClassDef, ast.FunctionDef):
        first = node.body[:1]
        if first and isinstance(getattr(first[0], "value", None), ast.Constant):
            docstrings.add(id(first[0].value))
    for node in nodes(tree, ast.Constant):
        if id(node) not in docstrings and isinstance(node.value, str):
            found |= set(_WORD.findall(node.value))
    return found


def _exceptions(tree):
    return {node.name for node in nodes(tree, ast.ClassDef) if node.name.endswith("Error")}


def _keywords(tree):
    return {keyword.arg for call in nodes(tree, ast.Call) for keyword in call.keywords}


@cache
def _foreign():
    """Return the names in Python's types and modules, and in the chip's modules."""
    found = set().union(*(dir(owner) for owner in _OWNERS))
    for path in SHIMS.glob("*.py"):
        found |= _defined(parsed(path.read_text("utf-8")))
    return found
