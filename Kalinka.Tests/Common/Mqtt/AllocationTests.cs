using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>No garbage per message, in either direction.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class AllocationTests
{
    private const int Warm = 5_000;
    private const int Total = 55_000;

    [Test]
    public async Task Fifty_thousand_messages_there_and_back_allocate_next_to_nothing()
    {
        await using var broker = await MosquittoBroker.StartAsync(
            "max_inflight_messages 500\nmax_queued_messages 100000"
        );
        var handler = new Circle();
        await using var connection = await broker.ConnectAsync(handler);
        await connection.SubscribeAsync("circle");
        for (var n = 0; n < 100; n++)
        {
            handler.Next();
        }

        await Eventually.That(() => handler.Done, TimeSpan.FromSeconds(60), "all messages");
        Assert.That(
            handler.AllocatedByReceiveThread,
            Is.LessThan(50_000),
            "bytes for 50,000 messages received and sent"
        );
    }

    /// <summary>Acknowledges each message and sends the next, on the receive thread.</summary>
    private sealed class Circle : IMqttConnectionHandler
    {
        private readonly byte[] _payload = new byte[128];
        private IMqttConnection? _connection;
        private int _received;
        private long _atStart;
        private long _allAtStart;

        public long AllocatedByReceiveThread { get; private set; }

        public long AllocatedByAll { get; private set; }

        public bool Done => Volatile.Read(ref _received) >= Total;

        public void OnConnected(IMqttConnection connection) => _connection = connection;

        public void Next() =>
            _connection!.TryPublish(
                new OutgoingPublish
                {
                    Topic = "circle"u8,
                    Payload = _payload,
                    Qos = 1,
                    Retain = false,
                },
                token: 0
            );

        public void OnPublish(in IncomingPublish publish)
        {
            _connection!.Acknowledge([publish.PacketIdentifier]);
            switch (++_received)
            {
                case Warm:
                    _atStart = GC.GetAllocatedBytesForCurrentThread();
                    _allAtStart = GC.GetTotalAllocatedBytes(precise: true);
                    break;
                case Total:
                    AllocatedByReceiveThread = GC.GetAllocatedBytesForCurrentThread() - _atStart;
                    AllocatedByAll = GC.GetTotalAllocatedBytes(precise: true) - _allAtStart;
                    return;
            }

            Next();
        }

        public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }
    }
}
