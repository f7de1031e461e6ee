using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>For how long a broker says that it keeps the session.</summary>
internal sealed class ConnAckExpiryTests : FakeBrokerTest
{
    private static readonly byte[] Others =
    [
        .. (byte[])[0x21, 0, 20, 0x24, 1, 0x25, 1, 0x27, 0, 1, 0, 0, 0x12, 0, 1, (byte)'c', 0x22, 0, 10],
        .. (byte[])[0x1F, 0, 0, 0x26, 0, 1, (byte)'k', 0, 2, (byte)'v', (byte)'v', 0x28, 1, 0x29, 1, 0x2A, 1],
        .. (byte[])[0x13, 0, 60, 0x1A, 0, 0, 0x1C, 0, 0, 0x15, 0, 0, 0x16, 0, 1, 9],
    ];

    [TestCase(0u)]
    [TestCase(3_600u)]
    [TestCase(uint.MaxValue)]
    public void It_is_found_behind_every_other_property(uint seconds)
    {
        byte[] expiry = [0x11, (byte)(seconds >> 24), (byte)(seconds >> 16), (byte)(seconds >> 8), (byte)seconds];

        Assert.That(ConnAckExpiry.Read(Body([.. Others, .. expiry])), Is.EqualTo(seconds));
        Assert.That(ConnAckExpiry.Read(Body([.. expiry, .. Others])), Is.EqualTo(seconds));
    }

    [Test]
    public void Without_it_the_broker_keeps_what_was_asked_for()
    {
        Assert.That(ConnAckExpiry.Read(Body(Others)), Is.Null);
        Assert.That(ConnAckExpiry.Read([0, 0]), Is.Null);
        Assert.That(ConnAckExpiry.Read([]), Is.Null);
    }

    [Test]
    public void What_is_cut_off_or_unknown_tells_nothing()
    {
        byte[] whole = Body([.. Others, 0x11, 0, 0, 0, 1]);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.That(ConnAckExpiry.Read(whole.AsSpan(0, length)), Is.Null, $"{length} bytes");
        }

        Assert.That(ConnAckExpiry.Read(Body([0x7F, 0x11, 0, 0, 0, 1])), Is.Null);
    }

    [TestCase(new byte[] { 0x20, 3, 0, 0, 0 }, 3_600)]
    [TestCase(new byte[] { 0x20, 8, 0, 0, 5, 0x11, 0, 0, 0, 0 }, 0)]
    public async Task A_broker_that_keeps_no_session_is_not_taken_for_one_that_says_nothing(byte[] answer, int seconds)
    {
        var options = Connecting.With(Broker.Options()) with { SessionExpiry = TimeSpan.FromHours(1) };
        var connecting = options.ConnectAsync();
        await Broker.AcceptAsync(answer);
        await using var connection = await connecting;

        Assert.That(connection.Grant.SessionExpiry, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    private static byte[] Body(byte[] properties) => [0, 0, (byte)properties.Length, .. properties];
}
