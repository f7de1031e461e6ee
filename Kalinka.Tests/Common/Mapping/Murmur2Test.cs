using System.Text;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class Murmur2Test
{
    // From Kafka's own UtilsTest.
    [TestCase("21", -973932308)]
    [TestCase("foobar", -790332482)]
    [TestCase("a-little-bit-long-string", -985981536)]
    [TestCase("a-little-bit-longer-string", -1486304829)]
    [TestCase("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [TestCase("abc", 479470107)]
    public void Hashes_like_Kafka(string text, int expected)
    {
        Assert.That(Murmur2.Hash(Encoding.UTF8.GetBytes(text)), Is.EqualTo(expected));
    }

    [Test]
    public void Modulo_drops_the_sign_as_the_partitioner_does()
    {
        Assert.That(Murmur2.Modulo("21"u8, 7), Is.EqualTo((-973932308 & int.MaxValue) % 7));
    }
}
