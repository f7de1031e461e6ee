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
        Assert.That(location, Is.EqualTo(new Location(LocationState.Present, broker, 3, details)));
    }

    [Test]
    public void What_is_written_is_read_again()
    {
        var data = new LocationData();
        Assert.That(data.Read(LocationData.Write("b1", null), 0).Broker, Is.EqualTo("b1"));
        Assert.That(data.Read(LocationData.Write("b1", "{}"), 0).Details, Is.EqualTo("{}"));
    }

    [Test]
    public void A_broker_has_one_string_for_all_its_clients()
    {
        var data = new LocationData();
        Assert.That(data.Read("b1"u8, 0).Broker, Is.SameAs(data.Read("b1\n{}"u8, 1).Broker));
    }
}
