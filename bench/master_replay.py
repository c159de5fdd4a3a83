"""In the Buildbot master of cases/master.py: keeps what happens from its websockets, and tells it to them later.

So what an observer costs the master (messages to its websockets and answers to its requests) can be measured
without the builds, which cost a hundred times as much. One line of JSON in, one out, on a port of 127.0.0.1 whose
number is in the file master-replay.port:
  {"do": "hold"}                   from here on websockets hear nothing; every event is kept
  {"do": "replay", "rate": 20}     tells the websockets the events that were kept, so many builds a second; answers
                                   {"events", "builds", "consumers"} at the end
"""

import json

from buildbot.util import service, tuplematch
from buildbot.www import ws
from twisted.internet import defer, endpoints, protocol, reactor, task
from twisted.protocols import basic


class Replay(service.BuildbotService):
    name = "master-replay"

    @defer.inlineCallbacks
    def reconfigService(self):
        self._held, self._events, self._consumers = False, [], []
        mq = self.master.mq
        self._produce, self._start_consuming = mq.produce, mq.startConsuming
        mq.produce, mq.startConsuming = self._on_produce, self._on_start_consuming
        factory = protocol.Factory.forProtocol(_Line)
        factory.replay = self
        port = yield endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        with open("master-replay.port", "w", encoding="ascii") as file:
            file.write(str(port.getHost().port))

    def _on_produce(self, routing_key, data):
        if self._held:
            self._events.append((routing_key, data))
        self._produce(routing_key, data)

    @defer.inlineCallbacks
    def _on_start_consuming(self, callback, key, **more):
        """A websocket's callback is kept to be called later; others are as they were."""
        if not callback.__qualname__.startswith(ws.WsProtocol.__name__):
            consumer = yield self._start_consuming(callback, key, **more)
            return consumer

        def unless_held(*event):
            return None if self._held else callback(*event)

        consumer = yield self._start_consuming(unless_held, key, **more)
        self._consumers.append((consumer, key, callback))
        return consumer

    def hold(self, _):
        self._held, self._events = True, []
        return {}

    @defer.inlineCallbacks
    def replay(self, command):
        self._held = False
        told = 0
        consumers = [(key, call) for consumer, key, call in self._consumers if consumer.callback]
        began = reactor.seconds()
        for routing_key, data in self._events:
            for key, call in consumers:
                if tuplematch.matchTuple(routing_key, key):
                    call(routing_key, data)
            if len(routing_key) == 3 and routing_key[0] == "builds" and routing_key[2] == "finished":
                told += 1
                wait = began + told / command["rate"] - reactor.seconds()
                yield task.deferLater(reactor, max(wait, 0), lambda: None)
        return {"events": len(self._events), "builds": told, "consumers": len(consumers)}


class _Line(basic.LineOnlyReceiver):
    delimiter = b"\n"

    def lineReceived(self, line):
        command = json.loads(line)
        done = defer.maybeDeferred(getattr(self.factory.replay, command["do"]), command)
        done.addErrback(lambda failure: {"error": failure.getTraceback()})
        done.addCallback(lambda answer: self.sendLine(json.dumps(answer).encode()))
