using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Sub;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Publishing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class AllocationTests
{
    [Test]
    public void A_message_on_its_way_through_the_dispatcher_allocates_nothing()
    {
        var options = SubOptionsFor.Tests;
        var stages = new Stages(
            options,
            SubOptionsFor.Mapping(options),
            new Everywhere(),
            (_, _) => true,
            _ => { },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            CancellationToken.None
        );
        var session = stages.Configured[0];
        var link = new SessionLink(
            session,
            null!,
            null!,
            stages.Pool,
            stages.Inbox,
            TimeProvider.System,
            NullLogger<SessionLink>.Instance
        );
        session.OnConnected(new Echo(link));
        var assignment = new PartitionAssignment(new TopicPartition("in", 0), stages.Application);
        stages.Assignments.Add([assignment]);
        var records = Enumerable.Range(0, 2000).Select(Record).ToArray();

        Pass(stages, assignment, records);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pass(stages, assignment, records);
        var perMessage = (GC.GetAllocatedBytesForCurrentThread() - before) / records.Length;

        Assert.That(perMessage, Is.Zero);
        Assert.That(stages.Counters.Snapshot()["delivered"], Is.EqualTo(2 * records.Length));
    }

    private static void Pass(Stages stages, PartitionAssignment assignment, ConsumedRecord[] records)
    {
        for (var index = 0; index < records.Length; index++)
        {
            var delivery = stages.Pool.Rent();
            delivery.Begin(assignment, records[index]);
            DeliveryPool.Charge(delivery);
            stages.Map(delivery);
            stages.Inbox.Post(stages.Dispatcher.Arrive, delivery);
            while (index % 100 == 99 && stages.Inbox.HasNotes)
            {
                stages.Dispatcher.Turn();
            }
        }
    }

    private static ConsumedRecord Record(int number) =>
        new(
            new TopicPartition("in", 0),
            number,
            0,
            Encoding.UTF8.GetBytes($"c{number % 50}"),
            new byte[128],
            [new("srcId", "s"u8.ToArray()), new("mqtt-content-type", "text/plain"u8.ToArray())]
        );

    /// <summary>Every client is at the first broker.</summary>
    private sealed class Everywhere : ILocationDirectory
    {
        public bool Trusted => true;

        public string? WaitsFor => null;

        public int Count => 1;

        public Location Find(ReadOnlySpan<byte> clientId) => new(LocationState.Present, "b1", 0);

        public ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken) =>
            throw new NotSupportedException("all is known");

        public Task SyncAsync(CancellationToken cancellationToken) => throw new NotSupportedException("all is known");

        public Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
            IReadOnlyList<LocationChange> changes,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException("sub changes nothing");

        public IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException("sub asks for single clients");

        public void Watch(Action<string> changed) { }
    }

    /// <summary>A broker that acknowledges within the call.</summary>
    private sealed class Echo(IMqttConnectionHandler handler) : IMqttConnection
    {
        public MqttGrant Grant { get; } = new(false, 1000, 1_000_000, default, true, true, true, 1);

        public int InFlight => 0;

        public long OldestInFlight => 0;

        public Task<MqttClose> Closed => throw new NotSupportedException("it never ends");

        public PublishSubmission TryPublish(in OutgoingPublish publish, long token)
        {
            handler.OnPublishOutcome(token, PublishOutcome.Delivered, MqttReasonCode.Success);
            return PublishSubmission.Accepted;
        }

        public Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout) => Task.CompletedTask;

        public Task<MqttReasonCode> SubscribeAsync(
            MqttSubscription subscription,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException("sub subscribes to nothing");

        public Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken) =>
            throw new NotSupportedException("sub subscribes to nothing");

        public void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers) { }

        public ValueTask DisposeAsync() => default;
    }
}
