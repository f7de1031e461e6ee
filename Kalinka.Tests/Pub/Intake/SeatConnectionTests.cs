using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub.Intake;

[TestFixture]
public sealed class SeatConnectionTests
{
    private readonly List<ushort> _arrived = [];

    [SetUp]
    public void Clear() => _arrived.Clear();

    [Test]
    public void What_arrives_before_the_last_SUBACK_is_handed_over_in_order_afterwards()
    {
        var receiver = new SeatConnection(new Arrivals(_arrived), holdAtMost: 10);
        receiver.OnPublish(Publish(1));
        receiver.OnPublish(Publish(2));
        Assert.That(_arrived, Is.Empty);

        receiver.Flow();
        receiver.OnPublish(Publish(3));

        Assert.That(_arrived, Is.EqualTo(new ushort[] { 1, 2, 3 }));
    }

    [Test, CancelAfter(30_000)]
    public async Task Beyond_the_window_the_receive_thread_waits_and_the_order_holds()
    {
        var receiver = new SeatConnection(new Arrivals(_arrived), holdAtMost: 2);
        var receiving = Task.Run(() =>
        {
            for (ushort identifier = 1; identifier <= 5; identifier++)
            {
                receiver.OnPublish(Publish(identifier));
            }
        });
        SpinWait.SpinUntil(() => receiver.Held == 2);
        receiver.Flow();
        await receiving;

        Assert.That(_arrived, Is.EqualTo(new ushort[] { 1, 2, 3, 4, 5 }));
    }

    [Test, CancelAfter(30_000)]
    public async Task A_connection_that_ends_lets_go_of_its_receive_thread_and_of_what_it_held()
    {
        var receiver = new SeatConnection(new Arrivals(_arrived), holdAtMost: 1);
        var receiving = Task.Run(() =>
        {
            receiver.OnPublish(Publish(1));
            receiver.OnPublish(Publish(2));
        });
        SpinWait.SpinUntil(() => receiver.Held == 1);
        receiver.Close();
        await receiving;

        Assert.That(_arrived, Is.Empty);
    }

    private static IncomingPublish Publish(ushort identifier) =>
        new()
        {
            Topic = "t"u8,
            Payload = default,
            PacketIdentifier = identifier,
            Qos = 1,
            Retain = false,
            Dup = false,
            Properties = default,
        };

    private sealed class Arrivals(List<ushort> arrived) : IArrivals
    {
        public Task WhenSettledAsync() => Task.CompletedTask;

        public void Open(IMqttConnection connection) { }

        public void OnPublish(in IncomingPublish publish) => arrived.Add(publish.PacketIdentifier);

        public void Drain() { }

        public void Close() { }
    }
}
