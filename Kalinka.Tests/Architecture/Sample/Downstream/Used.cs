namespace Kalinka.Tests.Architecture.Sample.Downstream;

internal class NosyBase;

internal sealed class InField;

internal sealed class InSignature;

internal sealed class InParameter;

internal sealed class InGenericArgument;

internal sealed class InToken;

internal interface IInConstraint;

internal sealed class InIterator;

[AttributeUsage(AttributeTargets.Method)]
internal sealed class InAttribute : Attribute;

internal sealed class InCatchException : Exception;

internal static class InCall
{
    public static int Answer() => 42;
}
