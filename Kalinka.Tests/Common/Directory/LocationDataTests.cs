using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Directory;

internal sealed class LocationDataTests
{
    [TestCase("b1", "b1", null)]
    [TestCase("b1\n", "b1", null)]
    [TestCase("b1\r\n", "b1", null)]
    [TestCase("b1\n{\"since\":1}", "b1", "{\"since\":1}")]
    [TestCase("b1\n{\n}\n", "b1", "{\n}")]
    [TestCase("", null, null)]
    [TestCase("\n{}", null, "{}")]
    public void The_first_line_names_the_broker(string data, string? broker, string? details)
    {
        var location = new LocationData().Read(System.Text.Encoding.UTF8.GetBytes(data), 3);
        Assert.That((location.State, location.Version), Is.EqualTo((LocationState.Present, 3)));
        Assert.That((location.Broker, location.Json), Is.EqualTo((broker, details)));
    }

    [Test]
    public void What_is_written_is_read_again()
    {
        var data = new LocationData();
        var details = new LocationDetails(Since: 1, LastSeen: 2, OfflineSince: 3);
        var location = data.Read(LocationData.Write("b1", details), 0);
        Assert.That(location.Broker, Is.EqualTo("b1"));
        Assert.That(location.Details, Is.EqualTo(details));
        Assert.That(location.Json, Is.EqualTo("""{"since":1,"lastSeen":2,"offlineSince":3}"""));
        Assert.That(LocationData.Write("b1", default), Is.EqualTo("b1"u8.ToArray()));
    }

    [TestCase("""{"since":1}""", 1, 0, 0)]
    [TestCase("""{"x":{"since":[2]},"since":1,"y":"z"}""", 1, 0, 0)]
    [TestCase("""{"since":"2026-01-01","lastSeen":-1,"offlineSince":1e300}""", 0, 0, 0)]
    [TestCase("""{"since":281474976710656,"lastSeen":281474976710655}""", 0, 281474976710655, 0)]
    [TestCase("""{"since":1,"lastSeen":2""", 0, 0, 0)]
    [TestCase("[1]", 0, 0, 0)]
    [TestCase("since", 0, 0, 0)]
    public void Of_details_that_strangers_wrote_it_takes_what_it_understands(
        string json,
        long since,
        long lastSeen,
        long offlineSince
    ) =>
        Assert.That(
            new LocationData().Read(System.Text.Encoding.UTF8.GetBytes($"b1\n{json}"), 0).Details,
            Is.EqualTo(new LocationDetails(since, lastSeen, offlineSince))
        );

    [Test]
    public void A_broker_has_one_string_for_all_its_clients()
    {
        var data = new LocationData();
        Assert.That(data.Read("b1"u8, 0).Broker, Is.SameAs(data.Read("b1\n{}"u8, 1).Broker));
    }
}
